package requirements

import "strings"

// Mask returns a text with the userinfo of every URL in it shown as "***@", as
// everything must be before it is shown.
func Mask(text string) string {
	from := strings.Index(text, "://")
	if from < 0 || strings.IndexByte(text[from:], '@') < 0 {
		return text
	}
	var b strings.Builder
	for from >= 0 {
		from += len("://")
		b.WriteString(text[:from])
		text = text[from:]
		end := strings.IndexAny(text, "/?# \t\r\n\"'")
		if end < 0 {
			end = len(text)
		}
		if at := strings.LastIndexByte(text[:end], '@'); at >= 0 {
			b.WriteString("***@")
			text = text[at+1:]
		}
		from = strings.Index(text, "://")
	}
	b.WriteString(text)
	return b.String()
}
