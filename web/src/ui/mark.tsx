// The name and sign of the house.
export function Mark() {
  return <div class="mark"><img src="/icon.svg" alt="" width="56" height="56" /><span>Coffer</span></div>
}
