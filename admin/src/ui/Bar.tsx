type BarProps = { share: number };

/** A share as a length; the number stands beside it. */
export function Bar({ share }: BarProps) {
  return (
    <div className="bar" aria-hidden="true">
      <svg viewBox="0 0 100 8" preserveAspectRatio="none">
        <title>{Math.round(share * 100)}</title>
        <rect width={share * 100} height="8" />
      </svg>
    </div>
  );
}
