package story

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
)

var vegetables = []string{"beetroot", "broad beans", "kale", "leeks", "Mangold", "parsnips", "petits pois", "rucola", "sorrel", "Teltower Rübchen", "tomatillo", "zucchini"}

var openings = []string{"did you see", "I keep thinking about", "tell me about", "who took", "we should paint", "nobody waters", "my aunt loves", "let us share", "I dreamt of", "the rain spoiled"}

var things = []string{"the shed door", "those runner beans", "the compost heap", "your blue kettle", "the fig by the wall", "Frau Özdemir's bees", "the crooked gate", "last year's jam", "the hose", "the moon over the glasshouse"}

var endings = []string{"?", " again 😀", ", honestly", " … what a week", " 🌧️", "!", " ☕ soon?", ", naïve as I am", " — yes", " 🥕🥕🥕"}

// smallTalk is n lines that nobody else in the story says.
func smallTalk(who string, round, n int) []string {
	r := rand.New(rand.NewPCG(uint64(round), uint64(len(who))*1000+uint64(who[0])))
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("%s %s%s (%s %d.%d)", openings[r.IntN(len(openings))], things[r.IntN(len(things))], endings[r.IntN(len(endings))], who, round+1, i+1)
	}
	return out
}

// makePhoto writes a photo of about 3 MB: a sunset with much grain.
func makePhoto(path string) ([]byte, error) {
	const w, h = 2560, 1700
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	r := rand.New(rand.NewPCG(9, 9))
	for y := range h {
		for x := range w {
			g := r.IntN(90)
			img.SetRGBA(x, y, color.RGBA{uint8(min(255, 200-y/20+g)), uint8(min(255, 120*y/h+g)), uint8(min(255, 60+y/12+g)), 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 95}); err != nil {
		return nil, err
	}
	return b.Bytes(), os.WriteFile(path, b.Bytes(), 0o600)
}

// runServerCommand runs cofferd for its output.
func (s *story) runServerCommand(args ...string) ([]byte, error) {
	cmd := exec.CommandContext(s.ctx, s.server.program, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("cofferd %s: %w: %s", args[0], err, stderr.Bytes())
	}
	return out, nil
}

// headings returns the first line of a disclosure and the headings of its
// sections, which say how much there is of each kind.
func headings(b []byte) []string {
	var out []string
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimRight(line, "\n"); line != "" && !strings.HasPrefix(line, " ") {
			out = append(out, line)
		}
	}
	return out
}
