type MarkProps = { draws?: boolean };

/** A sphere cut by an S whose two ends are people. */
export function Mark({ draws = false }: MarkProps) {
  return (
    <svg viewBox="0 0 40 40" className={draws ? "mark mark-draws" : "mark"} aria-hidden="true">
      <circle className="mark-sphere" cx="20" cy="20" r="18" />
      <path
        className="mark-s"
        pathLength="1"
        d="M27 13.5C25 10.6 15 9.600 14 15c-1 5.600 13 4.200 12 10.200-1 5.400-11 4.300-13.500 1.200"
      />
      <circle className="mark-people" cx="27.400" cy="13.800" r="2.900" />
      <circle className="mark-people" cx="12.600" cy="26.200" r="2.900" />
    </svg>
  );
}
