/** An order by a text that is the same on both engines: PostgreSQL has that of its collation, in which `a` may stand before `B`. */
export const by =
  <Row>(textOf: (row: Row) => string) =>
  (left: Row, right: Row): number => {
    const [a, b] = [textOf(left), textOf(right)];
    return a < b ? -1 : Number(a > b);
  };
