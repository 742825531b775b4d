package sandbox

import (
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/freedompay-go/freedompay/gen/freedomid"
	"github.com/freedompay-go/freedompay/wire"
)

// ExampleFreedomID is the user that a new sandbox knows: the one of the
// documentation's examples.
const ExampleFreedomID = "eeca9287-d824-4f50-928b-450d2e46f874"

// user is a user of Freedom ID. What else there is of a person is not kept: no
// documented answer shows it.
type user struct {
	id                                string
	phone, email, firstname, lastname wire.Secret
}

func exampleUser() *user {
	return &user{
		id: ExampleFreedomID, phone: wire.NewSecret("+1234567890"), email: wire.NewSecret("user@example.com"),
		firstname: wire.NewSecret("John"), lastname: wire.NewSecret("Doe"),
	}
}

// name is the user's name, for the login page, or the phone of one without.
func (u *user) name() string {
	name := strings.TrimSpace(u.firstname.Reveal() + " " + u.lastname.Reveal())
	if name == "" {
		return u.phone.Reveal()
	}
	return name
}

// user finds a user, or nil.
func (p *passport) user(id string) *user {
	for _, u := range p.users {
		if u.id == id {
			return u
		}
	}
	return nil
}

// free refuses the phone and the email of another user than u, as the pages say of
// a change. Of a new user they say nothing.
func (p *passport) free(u *user, phone, email wire.Secret) error {
	taken := func(s wire.Secret, of func(*user) wire.Secret) bool {
		return s.Reveal() != "" && slices.ContainsFunc(p.users, func(other *user) bool { return other != u && of(other).Equal(s) })
	}
	switch {
	case taken(phone, func(u *user) wire.Secret { return u.phone }):
		return invalid("phone", "The phone has already been taken.")
	case taken(email, func(u *user) wire.Secret { return u.email }):
		return invalid("email", "The email has already been taken.")
	}
	return nil
}

// change sets what is given.
func (u *user) change(phone, email, firstname, lastname wire.Secret) {
	for to, s := range map[*wire.Secret]wire.Secret{&u.phone: phone, &u.email: email, &u.firstname: firstname, &u.lastname: lastname} {
		if s.IsSet() {
			*to = s
		}
	}
}

// UserCreate makes a user. Whose token it takes is not documented; here any will
// do. That the new Freedom ID is in freedom_id, as elsewhere, is not shown.
func (p *passport) UserCreate(ctx context.Context, r *freedomid.UserCreateRequest) (*freedomid.UserCreateAnswer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, err := p.whose(ctx); err != nil {
		return nil, err
	}
	if err := p.free(nil, r.Phone, r.Email); err != nil {
		return nil, err
	}
	u := &user{id: uuid.NewString()}
	u.change(r.Phone, r.Email, r.FirstName, r.LastName)
	p.users = append(p.users, u)
	answer := new(freedomid.UserCreateAnswer)
	answer.Extra().AddText("freedom_id", u.id)
	return answer, nil
}

// UserUpdate changes a user. Whose token it takes is not documented; here any will
// do. What is left out stays as it is, and the answer is as that of UserCreate;
// neither is documented.
func (p *passport) UserUpdate(ctx context.Context, r *freedomid.UserUpdateRequest) (*freedomid.UserUpdateAnswer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, err := p.whose(ctx); err != nil {
		return nil, err
	}
	u := p.user(r.FreedomID)
	if u == nil {
		return nil, invalid("freedom_id", "The selected freedom id is invalid.")
	}
	if err := p.free(u, r.Phone, r.Email); err != nil {
		return nil, err
	}
	u.change(r.Phone, r.Email, r.FirstName, r.LastName)
	answer := new(freedomid.UserUpdateAnswer)
	answer.Extra().AddText("freedom_id", u.id)
	return answer, nil
}
