import { chooseTheme, theme, themes } from "@/app/theme";
import { t } from "@/text";

export function Appearance() {
  const now = theme.use();
  return (
    <fieldset className="form">
      <legend className="sr-only">{t.settings.themeLegend}</legend>
      <div className="pills">
        {themes.map((one) => (
          <button
            key={one}
            type="button"
            className="pill"
            aria-pressed={now === one}
            onClick={() => chooseTheme(one)}
          >
            {t.settings[one]}
          </button>
        ))}
      </div>
    </fieldset>
  );
}
