import { Button, Checkbox, useMediaQuery } from "@mui/material";
import { ArrowLeft, Keyboard } from "lucide-react";
import { useRef, useState } from "react";
import { useListContext } from "react-admin";
import { useNavigate, useParams } from "react-router";
import { send, staff } from "~/api/ask";
import type { Case, CaseFile, Ruling } from "~/api/types";
import { useSession } from "~/auth/session";
import { t } from "~/text";
import { since } from "~/text/words";
import { Empty } from "~/ui/Empty";
import { explain } from "~/ui/explain";
import { Pick, Pills, SortPick } from "~/ui/Filters";
import { ListPage } from "~/ui/ListPage";
import { ReasonDialog } from "~/ui/ReasonDialog";
import { isPhone } from "~/ui/Rows";
import { useDo } from "~/ui/useDo";
import { useLater } from "~/ui/useLater";
import { nameOf, Portrait } from "~/ui/Who";
import { CaseFileView } from "./CaseFileView";
import { DecisionDialog } from "./DecisionDialog";
import { DecisionForm } from "./DecisionForm";
import { KeysSheet } from "./KeysSheet";
import { type Measure, measures, needsProof, toggled } from "./measures";
import { useTriageKeys } from "./useTriageKeys";

/** The queue on the left, the case on the right: a list that lets decide. On a phone one after the other. */
export function CasesPage() {
  const [help, setHelp] = useState(false);
  const phone = useMediaQuery(isPhone, { noSsr: true });
  const { id } = useParams();
  const keys = !phone && (
    <Button variant="outlined" startIcon={<Keyboard size={16} />} onClick={() => setHelp(true)}>
      {t.cases.keys}
    </Button>
  );
  const tools = (
    <>
      <Pills
        name="state"
        label={t.cases.open}
        choices={{ open: t.cases.open, closed: t.cases.closed }}
        first="open"
      />
      <Pick
        name="claimed"
        label={t.cases.whose}
        choices={{ any: t.cases.anyClaim, mine: t.cases.mine, nobody: t.cases.nobody }}
      />
      <SortPick choices={{ oldest: t.cases.oldest, newest: t.cases.newest }} />
    </>
  );
  return (
    <ListPage
      resource="cases"
      title={t.places.cases}
      says={t.cases.says}
      tools={phone && id ? undefined : tools}
      actions={keys}
      sort="oldest"
      perPage={50}
      csv={`${staff}/cases.csv`}
      sheet={false}
      keep
    >
      <Triage onHelp={() => setHelp(true)} />
      {help && <KeysSheet onClose={() => setHelp(false)} />}
    </ListPage>
  );
}

function Triage({ onHelp }: { onHelp: () => void }) {
  const list = useListContext<Case>();
  const { data, error, selectedIds, onToggleItem, onUnselectItems } = list;
  const { id } = useParams();
  const navigate = useNavigate();
  const phone = useMediaQuery(isPhone, { noSsr: true });
  const session = useSession();
  const later = useLater("cases");
  const { run } = useDo();
  const decision = useRef<HTMLDivElement>(null);
  const [choice, setChoice] = useState<{ of: string; measures: Measure[] }>({ of: "", measures: [] });
  const [reopening, setReopening] = useState<CaseFile | null>(null);
  const [bulk, setBulk] = useState(false);
  const chosen = choice.of === id ? choice.measures : [];
  const choose = (next: Measure[]) => setChoice({ of: id ?? "", measures: next });
  const rows = (data ?? []).filter((one) => !("gone" in one));
  const picked = rows.filter((one) => selectedIds.includes(one.id));
  const at = rows.findIndex((one) => one.id === id);
  const open = (one: Case | undefined) => one && navigate(`/cases/${one.id}/show`);
  const me = session.status === "signed-in" ? session.account.id : "";

  const claim = (one: Case) => {
    const act = one.claimed_by?.id === me ? "unclaim" : "claim";
    return run(
      () => send("POST", `${staff}/cases/${one.id}/${act}`),
      act === "claim" ? t.cases.claimed : t.cases.unclaimed,
    );
  };
  const decide = (one: Case, ruling: Ruling) => {
    const said = t.cases.decided(
      ruling.measures.map((measure) => t.cases.measures[measure] ?? measure).join(", "),
    );
    const next = rows[at + 1] ?? rows[at - 1];
    const leave = () => {
      setChoice({ of: "", measures: [] });
      if (next && !phone) open(next);
      else navigate("/cases");
    };
    // What wants a password is done at once: it cannot be asked for after the fact.
    if (needsProof(ruling.measures))
      return run(() => send("POST", `${staff}/cases/${one.id}/decision`, ruling), said).then(
        (ok) => ok && leave(),
      );
    later.change(one, { act: "decision", values: ruling, shown: { gone: true }, said, onDone: leave });
  };
  const decideMany = async (ruling: Ruling) => {
    const ids = picked.map((one) => one.id);
    const said = t.cases.decided(
      ruling.measures.map((measure) => t.cases.measures[measure] ?? measure).join(", "),
    );
    const done = () => {
      onUnselectItems();
      setBulk(false);
    };
    if (!needsProof(ruling.measures))
      return later.changeMany(ids, {
        act: "decision",
        values: ruling,
        shown: { gone: true },
        said,
        onDone: done,
      });
    const work = async () => {
      for (const one of ids) await send("POST", `${staff}/cases/${one}/decision`, ruling);
    };
    if (await run(work, said)) done();
  };

  useTriageKeys({
    next: () => open(rows[at + 1] ?? rows[at] ?? rows[0]),
    previous: () => open(rows[at - 1] ?? rows[at] ?? rows[0]),
    claim: () => rows[at] && void claim(rows[at]),
    pick: () => id && onToggleItem(id),
    decide: () => decision.current?.querySelector<HTMLElement>("button, input, textarea")?.focus(),
    measure: (nth) => {
      const one = measures[nth];
      const now = rows[at];
      if (one && now?.state === "open") choose(toggled(chosen, one));
    },
    send: () => decision.current?.querySelector("form")?.requestSubmit(),
    help: onHelp,
  });

  const file = id && (
    <CaseFileView
      id={id}
      chosen={chosen}
      onChoose={choose}
      onClaim={(one) => void claim(one)}
      onDecide={(one, ruling) => void decide(one, ruling)}
      onReopen={setReopening}
      decision={decision}
    />
  );
  const queue = (
    <div className="sheet queue">
      {picked.length > 0 && (
        <div className="bulk">
          <b>{t.list.picked(picked.length)}</b>
          <Button size="small" variant="contained" onClick={() => setBulk(true)}>
            {t.cases.decide}
          </Button>
          <Button size="small" onClick={() => onUnselectItems()}>
            {t.list.unpick}
          </Button>
        </div>
      )}
      {error ? (
        <Empty title={t.errors.title} says={explain(error)} />
      ) : (
        rows.length === 0 && <Empty title={data ? t.cases.empty : t.app.loading} />
      )}
      {rows.map((one) => (
        <CaseRow
          key={one.id}
          one={one}
          here={one.id === id}
          picked={selectedIds.includes(one.id)}
          onPick={() => onToggleItem(one.id)}
          onOpen={() => open(one)}
        />
      ))}
    </div>
  );
  return (
    <>
      {phone ? (
        file ? (
          <>
            <Button startIcon={<ArrowLeft size={16} />} onClick={() => navigate("/cases")} sx={{ mb: 1 }}>
              {t.cases.back}
            </Button>
            {file}
          </>
        ) : (
          queue
        )
      ) : (
        <div className="triage">
          {queue}
          {file || (
            <div className="sheet">
              <Empty title={t.cases.choose} />
            </div>
          )}
        </div>
      )}
      {bulk && (
        <DecisionDialog title={t.cases.bulkTitle} onClose={() => setBulk(false)}>
          <BulkForm onDecide={decideMany} go={t.cases.bulk(picked.length)} />
        </DecisionDialog>
      )}
      {reopening && (
        <ReasonDialog
          title={t.cases.reopen}
          go={t.cases.reopen}
          onClose={() => setReopening(null)}
          onGo={(reason) =>
            run(
              () => send("POST", `${staff}/cases/${reopening.id}/reopen`, { reason }),
              t.cases.reopened,
            ).then((ok) => ok && setReopening(null))
          }
        />
      )}
    </>
  );
}

function BulkForm({ onDecide, go }: { onDecide: (ruling: Ruling) => unknown; go: string }) {
  const [chosen, setChosen] = useState<Measure[]>([]);
  return (
    <DecisionForm
      reported
      go={go}
      chosen={chosen}
      onChoose={setChosen}
      onDecide={async (ruling) => onDecide(ruling)}
    />
  );
}

type CaseRowProps = { one: Case; here: boolean; picked: boolean; onPick: () => void; onOpen: () => void };

function CaseRow({ one, here, picked, onPick, onOpen }: CaseRowProps) {
  const name = nameOf(one.account);
  return (
    <div className={here ? "case here" : "case"}>
      <Checkbox
        size="small"
        checked={picked}
        onChange={onPick}
        slotProps={{ input: { "aria-label": t.list.pick(name) } }}
      />
      <a
        className="open"
        href={`/admin/cases/${one.id}/show`}
        aria-current={here ? "true" : undefined}
        onClick={(event) => {
          if (event.metaKey || event.ctrlKey) return;
          event.preventDefault();
          onOpen();
        }}
      >
        <span className="top">
          {one.account && <Portrait account={one.account.account} size="small" />}
          <b>
            <bdi>{name}</bdi>
          </b>
          <time className="soft small nowrap" dateTime={one.opened_at}>
            {since(one.opened_at)}
          </time>
        </span>
        <span className="soft small">
          {t.cases.reports(one.reports)}
          {one.claimed_by && ` · ${t.cases.claimedBy(nameOf(one.claimed_by))}`}
        </span>
      </a>
    </div>
  );
}
