package wire

// Limits on what is read from the network. They are far above any documented
// answer and low enough that a hostile or broken one costs little.
const (
	// MaxAnswerBytes is the largest answer body that is read, in bytes, after
	// any content coding is undone.
	MaxAnswerBytes = 4 << 20
	// MaxDepth is the deepest nesting of objects, arrays or elements.
	MaxDepth = 64
	// MaxTokens is the largest number of names, values and tags in a message.
	MaxTokens = 100_000
)
