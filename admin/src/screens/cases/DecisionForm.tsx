import { Button, Checkbox, FormControlLabel, TextField, ToggleButton } from "@mui/material";
import { type FormEvent, useState } from "react";
import type { Ruling } from "~/api/types";
import { t } from "~/text";
import { type Measure, measures, toggled } from "./measures";

type DecisionFormProps = {
  /** Posts that were reported, to choose among. */
  posts?: readonly { id: string; says: string }[];
  /** Without a report there is nobody to tell, and nothing to dismiss. */
  reported: boolean;
  go?: string;
  chosen: Measure[];
  onChoose: (measures: Measure[]) => void;
  onDecide: (ruling: Ruling) => unknown;
};

/** Several measures at once, to which posts, and what both sides are told. */
export function DecisionForm({ posts = [], reported, go, chosen, onChoose, onDecide }: DecisionFormProps) {
  const [picked, setPicked] = useState<string[] | null>(null);
  const [message, setMessage] = useState("");
  const [toReporters, setToReporters] = useState("");
  const [reason, setReason] = useState("");
  const offered = reported
    ? measures
    : measures.filter((one) => one !== "dismiss" && one !== "fold" && one !== "delete");
  const aboutPosts = posts.length > 1 && (chosen.includes("fold") || chosen.includes("delete"));
  const ids = picked ?? posts.map((post) => post.id);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void onDecide({
      measures: chosen,
      post_ids: aboutPosts ? ids : [],
      ...(message.trim() && { message: message.trim() }),
      ...(toReporters.trim() && { reporter_message: toReporters.trim() }),
      reason: reason.trim(),
    });
  };
  const said = chosen.map((one) => t.cases.measures[one]).join(", ");
  const long = { htmlInput: { maxLength: 2000 } };
  return (
    <form className="form" onSubmit={submit} aria-label={t.cases.decide}>
      <fieldset className="measures">
        <legend className="visually-hidden">{t.cases.measuresLegend}</legend>
        {offered.map((one) => (
          <ToggleButton
            key={one}
            value={one}
            selected={chosen.includes(one)}
            onChange={() => onChoose(toggled(chosen, one))}
          >
            {t.cases.measures[one]}
          </ToggleButton>
        ))}
      </fieldset>
      <div className="soft small" role="status">
        {chosen.length === 0 ? t.cases.pickMeasure : chosen.map((one) => t.cases.measureSays[one]).join(" ")}
      </div>
      {aboutPosts && (
        <fieldset className="checks">
          <legend>{t.cases.which}</legend>
          {posts.map((post) => (
            <FormControlLabel
              key={post.id}
              control={
                <Checkbox
                  size="small"
                  checked={ids.includes(post.id)}
                  onChange={() =>
                    setPicked(ids.includes(post.id) ? ids.filter((id) => id !== post.id) : [...ids, post.id])
                  }
                />
              }
              label={<span className="clip2">{post.says}</span>}
            />
          ))}
        </fieldset>
      )}
      {!chosen.includes("dismiss") && (
        <TextField
          label={t.cases.message}
          helperText={t.cases.usual}
          value={message}
          onChange={(event) => setMessage(event.target.value)}
          multiline
          minRows={2}
          slotProps={long}
          fullWidth
        />
      )}
      {reported && (
        <TextField
          label={t.cases.reporterMessage}
          helperText={t.cases.usual}
          value={toReporters}
          onChange={(event) => setToReporters(event.target.value)}
          multiline
          minRows={1}
          slotProps={long}
          fullWidth
        />
      )}
      <TextField
        label={t.cases.note}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
        slotProps={{ htmlInput: { maxLength: 1000 } }}
        fullWidth
      />
      <div className="form-row">
        <Button
          type="submit"
          variant="contained"
          disabled={chosen.length === 0 || (aboutPosts && ids.length === 0)}
        >
          {chosen.length === 0 ? t.cases.pickMeasure : (go ?? t.cases.decideGo(said))}
        </Button>
      </div>
    </form>
  );
}
