// Package pgform reads and writes messages that are signed with pg_sig, in each
// of the forms in which they come: multipart/form-data,
// application/x-www-form-urlencoded, the query of a request without a body, and
// XML in the single field pg_xml of any of these.
//
// Both ends of the wire use it: the client signs what it reads from a request on
// its way out, a server verifies what it reads from one on its way in. What is
// signed is always what was read, every field of it, documented or not. So
// whatever acts on a verified request must read it with this package too: another
// reader may find other fields in the same bytes.
//
// Errors say what is wrong and quote nothing of the message.
package pgform
