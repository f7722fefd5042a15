package lru

import "testing"

func TestCache(t *testing.T) {
	c := New[string, int](10)
	c.Put("a", 1, 4)
	c.Put("b", 2, 4)
	if v, ok := c.Get("a"); !ok || v != 1 {
		t.Error("a is gone")
	}
	c.Put("c", 3, 4) // b was used longest ago
	if _, ok := c.Get("b"); ok {
		t.Error("b is still there")
	}
	c.Put("a", 9, 2)
	if v, _ := c.Get("a"); v != 9 || c.cost != 6 {
		t.Errorf("a = %d, cost %d", v, c.cost)
	}
	c.Put("huge", 1, 11)
	if _, ok := c.Get("huge"); ok || c.cost != 6 {
		t.Error("what costs more than the cache was kept")
	}
	c.Put("a", 1, 11) // a new value that does not fit takes the old one's place
	if _, ok := c.Get("a"); ok {
		t.Error("the old value is still there")
	}
	c.Drop("c")
	c.Drop("c")
	if c.cost != 0 || len(c.byKey) != 0 || c.order.Len() != 0 {
		t.Errorf("not empty: cost %d", c.cost)
	}
}
