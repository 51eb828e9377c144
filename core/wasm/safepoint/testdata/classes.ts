// Classes, interfaces and sorting with a function as a value: run(n).
abstract class Shape {
  constructor(public size: i32) {}
  abstract weight(): i32;
}
class Ball extends Shape { weight(): i32 { return this.size * this.size * 3; } }
class Box extends Shape { weight(): i32 { return this.size * this.size * this.size; } }

export function run(n: u32): u32 {
  let sum: i32 = 0;
  for (let k: u32 = 0; k < n; k++) {
    const list: Shape[] = [];
    for (let i = 0; i < 20; i++) list.push(i % 3 ? <Shape>new Ball((i * 7919) % 31) : <Shape>new Box((i * 104729) % 13));
    list.sort((a, b) => a.weight() - b.weight());
    for (let i = 0; i < list.length; i++) sum = sum * 17 + list[i].weight() + (list[i] instanceof Ball ? 1 : 0);
  }
  return sum;
}
