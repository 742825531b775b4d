// Package codec reads and writes the messages of the Freedom Pay API as JSON,
// XML and forms.
//
// Generated types describe themselves with one table ([Type]) and one method
// ([Message]); everything here works from those, without reflection. A body is
// parsed into a [Document], and one decoder reads documents of every format,
// so that JSON, XML and forms cannot come to mean different things.
//
// What the package promises:
//
//   - Parsing is strict. Whatever is not well-formed, repeats a member or goes
//     on after its end is refused with a [SyntaxError]; whatever is larger,
//     deeper or more numerous than [Limits] allows, with a [LimitError]. No
//     input makes it panic, recurse without bound, or take more than a few
//     megabytes besides itself.
//   - Decoding is lenient where the API is known to be. Nulls, empty strings,
//     numbers in quotes, unknown members and missing ones do not fail; they
//     are recorded in the message's [wire.Extra], and [Report] lists them.
//   - Decoding and encoding again gives the same value: every number to its
//     last digit, every unknown member, all in the order they came in, of
//     messages of at most 256 members. There is no float anywhere.
//   - Errors never quote the input, because a card number may be in it. They
//     name the offset, the path and what was expected.
//
// Functions are safe for concurrent use as long as the messages they are given
// are not changed meanwhile. A [Document] is never changed once parsed.
package codec
