import { t } from "@/text";

/** Which part of a column is whose. */
export function Legend() {
  return (
    <p className="legend">
      <span>
        <i className="swatch followers" />
        {t.insight.followers}
      </span>
      <span>
        <i className="swatch others" />
        {t.insight.others}
      </span>
    </p>
  );
}
