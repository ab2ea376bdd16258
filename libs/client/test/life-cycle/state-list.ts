/** States in the order in which they were found, each once, and from which one each was found. */
export class StateList {
  count = 0;
  private states = new Float64Array(1 << 16);
  private parents = new Int32Array(1 << 16);
  /** Open addressing; a slot holds the index of a state and 1. */
  private slots = new Int32Array(1 << 18);

  /** Whether the state is a new one. @param state a safe integer */
  add(state: number, parent: number): boolean {
    const mask = this.slots.length - 1;
    let slot = hashOf(state) & mask;
    for (let index = this.slots[slot]!; index !== 0; index = this.slots[slot]!) {
      if (this.states[index - 1] === state) return false;
      slot = (slot + 1) & mask;
    }
    if (this.count === this.states.length) this.grow();
    this.states[this.count] = state;
    this.parents[this.count] = parent;
    this.slots[slot] = ++this.count;
    if (this.count * 2 > this.slots.length) this.rehash();
    return true;
  }

  at(index: number): number {
    return this.states[index]!;
  }

  /** The states that lead to this one, from the first on. */
  wayTo(index: number): number[] {
    const way: number[] = [];
    for (let i = index; i >= 0; i = this.parents[i]!) way.push(this.states[i]!);
    return way.reverse();
  }

  private grow(): void {
    const states = new Float64Array(this.states.length * 2);
    const parents = new Int32Array(states.length);
    states.set(this.states);
    parents.set(this.parents);
    this.states = states;
    this.parents = parents;
  }

  private rehash(): void {
    this.slots = new Int32Array(this.slots.length * 4);
    const mask = this.slots.length - 1;
    for (let index = 0; index < this.count; index++) {
      let slot = hashOf(this.states[index]!) & mask;
      while (this.slots[slot] !== 0) slot = (slot + 1) & mask;
      this.slots[slot] = index + 1;
    }
  }
}

function hashOf(state: number): number {
  const high = Math.imul(Math.floor(state / 0x1_0000_0000), 0x9e3779b1);
  const mixed = Math.imul((state | 0) ^ high ^ (high >>> 15), 0x85ebca6b);
  return Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35) ^ (mixed >>> 16);
}
