// Package outbox sends messages, sends those that failed again when it is time, and
// keeps a log. It knows when each message is due and what came of each attempt, and
// nothing of what a message says or how it is sent.
//
// The clock is the caller's, and may run faster than the real one or jump: after a
// jump, [Outbox.Wake] looks at what is due by then. There is a timer only while a
// message is due later, and a goroutine only while one is being sent.
package outbox
