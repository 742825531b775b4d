package redisstore_test

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/freedompay-go/freedompay/middleware/repeat"
	"github.com/freedompay-go/freedompay/middleware/repeat/redisstore"
)

func Example() {
	client := redis.NewClient(&redis.Options{
		Addr:                  "127.0.0.1:6379",
		ContextTimeoutEnabled: true,
		// Whoever is told that Redis is down asks again.
		MaxRetries:    1,
		DialerRetries: 1,
	})
	defer client.Close()
	store := redisstore.New(client, redisstore.WithPrefix("shop:"))

	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	claim, err := store.Claim(ctx, "invoice/23", time.Minute)
	if err != nil {
		fmt.Println("not known, so nothing is done:", err)
		return
	}
	switch claim.State {
	case repeat.Granted:
		outcome := []byte("sent") // the work
		if err := store.Finish(ctx, "invoice/23", claim.Token, outcome, 72*time.Hour); err != nil {
			fmt.Println("done, and perhaps done again:", err)
		}
	case repeat.Busy:
		fmt.Println("somebody else does it")
	case repeat.Finished:
		fmt.Printf("done before: %s\n", claim.Outcome)
	}
}
