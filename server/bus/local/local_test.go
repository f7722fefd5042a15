package local

import (
	"sync"
	"testing"

	"github.com/coffer-chat/coffer/core/account"
)

func TestBus(t *testing.T) {
	b := New()
	one, two := account.ID{1}, account.ID{2}
	first, endFirst := b.Subscribe(one)
	second, endSecond := b.Subscribe(one)
	other, endOther := b.Subscribe(two)
	b.Publish(one)
	b.Publish(one) // while one is waiting: the same
	for _, c := range []<-chan struct{}{first, second} {
		<-c
		select {
		case <-c:
			t.Error("woken twice")
		default:
		}
	}
	select {
	case <-other:
		t.Error("woken for another account")
	default:
	}
	endFirst()
	endFirst()
	endSecond()
	b.Publish(one)
	select {
	case <-first:
		t.Error("woken after the end")
	default:
	}
	endOther()
	if len(b.subs) != 0 {
		t.Errorf("%d left behind", len(b.subs))
	}
}

func TestParallel(t *testing.T) {
	var b Bus
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 100 {
				c, end := b.Subscribe(account.ID{byte(i % 2)})
				b.Publish(account.ID{byte(i % 2)})
				<-c
				end()
			}
		})
	}
	wg.Wait()
}
