type RingProps = { share: number; label: string };

/** How full something is, from 0 to 1; over 1 it turns red. */
export function Ring({ share, label }: RingProps) {
  const round = 2 * Math.PI * 10;
  return (
    <svg className="dial" viewBox="0 0 24 24" role="img" aria-label={label}>
      <circle cx="12" cy="12" r="10" />
      <circle
        className={share > 1 ? "ring-value over" : "ring-value"}
        cx="12"
        cy="12"
        r="10"
        strokeDasharray={round}
        strokeDashoffset={round * (1 - Math.min(1, share))}
      />
    </svg>
  );
}
