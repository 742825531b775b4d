// Package wire holds the values that cross the wire between a program and
// Freedom Pay, and what the calls and errors of every generated client share.
//
// It promises:
//
//   - No float. A [Decimal] is made, compared and turned into minor units by
//     its digits, exactly or with an error.
//   - Literals are kept. What was read as "500.00" or "2023-09-20 12:00:00" is
//     written as that, to the last digit. What typed fields cannot say (null,
//     a number written as a string, members no page documents) is kept in an
//     [Extra].
//   - Secrets never print. [Secret], [Raw], [Extra] and [Unknown] mask their
//     content under every verb of fmt, in slog, encoding/json and encoding/xml,
//     and also in unexported fields of other types. Only methods that are there
//     to read it, such as Reveal, give it away.
//   - Nothing is taken for what it is not. A time without a zone is no instant,
//     an amount with half a tiyn has no minor units, a member that stands twice
//     has no value; an error says so, and it never quotes the value.
//
// All values may be read by many goroutines at once.
package wire
