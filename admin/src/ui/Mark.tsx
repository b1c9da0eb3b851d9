/** A sphere cut by an S whose two ends are people. */
export function Mark() {
  return (
    <svg viewBox="0 0 40 40" className="mark" aria-hidden="true">
      <circle className="mark-sphere" cx="20" cy="20" r="18" />
      <path
        className="mark-s"
        d="M27 13.5C25 10.6 15 9.6 14 15c-1 5.6 13 4.2 12 10.2-1 5.4-11 4.3-13.5 1.2"
      />
      <circle className="mark-people" cx="27.4" cy="13.8" r="2.9" />
      <circle className="mark-people" cx="12.6" cy="26.2" r="2.9" />
    </svg>
  );
}
