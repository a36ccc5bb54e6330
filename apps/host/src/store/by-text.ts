/** A text order that is the same on both engines: PostgreSQL uses its collation, in which `a` may precede `B`. */
export const by =
  <Row>(textOf: (row: Row) => string) =>
  (left: Row, right: Row): number => {
    const [a, b] = [textOf(left), textOf(right)];
    return a < b ? -1 : Number(a > b);
  };
