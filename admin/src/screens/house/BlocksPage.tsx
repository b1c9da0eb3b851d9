import { Button, Checkbox, FormControlLabel, MenuItem, Tab, Tabs, TextField } from "@mui/material";
import { type FormEvent, type ReactNode, useState } from "react";
import { send } from "~/api/ask";
import type { AddressBlock, EmailDomainBlock } from "~/api/types";
import { useMay } from "~/auth/session";
import { t } from "~/text";
import { since } from "~/text/words";
import { ListPage } from "~/ui/ListPage";
import { PageHead } from "~/ui/PageHead";
import { Rows } from "~/ui/Rows";
import { useDo } from "~/ui/useDo";
import { useLater } from "~/ui/useLater";
import { When } from "~/ui/When";
import { useHouse } from "./useHouse";

type Tabbed = keyof typeof t.blocks.tabs;
const tabs: Tabbed[] = ["domains", "addresses", "handles"];

/** Whom the door stays closed to. */
export function BlocksPage() {
  const [tab, setTab] = useState<Tabbed>("domains");
  const mayReadHouse = useMay("manage_rules");
  return (
    <>
      <PageHead title={t.places.blocks} says={t.blocks.says} />
      <Tabs value={tab} onChange={(_, next: Tabbed) => setTab(next)} variant="scrollable" sx={{ mb: 2 }}>
        {tabs
          .filter((one) => one !== "handles" || mayReadHouse)
          .map((one) => (
            <Tab
              key={one}
              value={one}
              id={`tab-${one}`}
              aria-controls="blocks-tab"
              label={t.blocks.tabs[one]}
            />
          ))}
      </Tabs>
      <div id="blocks-tab" role="tabpanel" aria-labelledby={`tab-${tab}`}>
        {tab === "domains" && <Domains />}
        {tab === "addresses" && <Addresses />}
        {tab === "handles" && <Handles />}
      </div>
    </>
  );
}

type BlockLineProps = {
  label: string;
  help: string;
  value: string;
  busy: boolean;
  /** How. */
  children: ReactNode;
  onChange: (value: string) => void;
  onBlock: () => unknown;
};

/** One line that blocks something. */
function BlockLine({ label, help, value, busy, children, onChange, onBlock }: BlockLineProps) {
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void onBlock();
  };
  return (
    <form className="form-row" onSubmit={submit}>
      <TextField
        label={label}
        placeholder={help}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        required
        sx={{ margin: 0 }}
        slotProps={{ inputLabel: { required: false } }}
      />
      {children}
      <Button type="submit" variant="contained" disabled={busy || !value.trim()}>
        {t.blocks.block}
      </Button>
    </form>
  );
}

function Domains() {
  const [domain, setDomain] = useState("");
  const [approval, setApproval] = useState(false);
  const { run, busy } = useDo();
  const later = useLater("email-domains");
  const add = async () => {
    const form = { domain: domain.trim(), allow_with_approval: approval };
    if (await run(() => send("POST", "/api/v1/admin/email_domain_blocks", form), t.blocks.blocked))
      setDomain("");
  };
  const tools = (
    <BlockLine
      label={t.blocks.domain}
      help={t.blocks.domainHelp}
      value={domain}
      onChange={setDomain}
      busy={busy}
      onBlock={add}
    >
      <FormControlLabel
        control={
          <Checkbox size="small" checked={approval} onChange={(event) => setApproval(event.target.checked)} />
        }
        label={t.blocks.approval}
      />
    </BlockLine>
  );
  return (
    <ListPage resource="email-domains" title="domains" inner sort="id" tools={tools}>
      <Rows<EmailDomainBlock>
        empty={t.blocks.empty}
        nameOf={(row) => row.domain}
        columns={[
          { label: t.blocks.domain, cell: (row) => <b>{row.domain}</b> },
          {
            label: t.blocks.severity,
            plain: true,
            cell: (row) =>
              row.allow_with_approval && <span className="tag warm">{t.blocks.onlyApproval}</span>,
          },
          { label: t.blocks.since, cell: (row) => <When at={row.created_at} /> },
        ]}
        actions={(row) => (
          <Button size="small" onClick={() => later.remove(row, { said: t.blocks.unblocked })}>
            {t.blocks.unblock}
          </Button>
        )}
      />
    </ListPage>
  );
}

function Addresses() {
  const [ip, setIp] = useState("");
  const [severity, setSeverity] = useState("sign_up_requires_approval");
  const [comment, setComment] = useState("");
  const { run, busy } = useDo();
  const later = useLater("addresses");
  const add = async () => {
    if (
      await run(
        () => send("POST", "/api/v1/admin/ip_blocks", { ip: ip.trim(), severity, comment }),
        t.blocks.blocked,
      )
    )
      setIp("");
  };
  const tools = (
    <BlockLine
      label={t.blocks.address}
      help={t.blocks.addressHelp}
      value={ip}
      onChange={setIp}
      busy={busy}
      onBlock={add}
    >
      <TextField
        select
        label={t.blocks.severity}
        value={severity}
        onChange={(event) => setSeverity(event.target.value)}
        sx={{ margin: 0, minWidth: 210 }}
      >
        {Object.entries(t.blocks.severities).map(([value, says]) => (
          <MenuItem key={value} value={value}>
            {says}
          </MenuItem>
        ))}
      </TextField>
      <TextField
        label={t.blocks.comment}
        value={comment}
        onChange={(event) => setComment(event.target.value)}
        sx={{ margin: 0 }}
        slotProps={{ htmlInput: { maxLength: 200 } }}
      />
    </BlockLine>
  );
  return (
    <ListPage resource="addresses" title="addresses" inner sort="id" tools={tools}>
      <Rows<AddressBlock>
        empty={t.blocks.empty}
        nameOf={(row) => row.ip}
        columns={[
          { label: t.blocks.address, cell: (row) => <b className="mono">{row.ip}</b> },
          { label: t.blocks.severity, plain: true, cell: (row) => t.blocks.severities[row.severity] },
          { label: t.blocks.comment, plain: true, cell: (row) => row.comment },
          {
            label: t.blocks.until,
            cell: (row) => (row.expires_at ? since(row.expires_at) : t.invites.forGood),
          },
          { label: t.blocks.since, cell: (row) => <When at={row.created_at} /> },
        ]}
        actions={(row) => (
          <Button size="small" onClick={() => later.remove(row, { said: t.blocks.unblocked })}>
            {t.blocks.unblock}
          </Button>
        )}
      />
    </ListPage>
  );
}

function Handles() {
  const { house, put } = useHouse();
  const [text, setText] = useState<string | null>(null);
  const { run, busy } = useDo();
  const shown = text ?? (house?.handles.join("\n") || "");
  const save = () => {
    const handles = shown.split(/[\s,]+/).filter((word) => word !== "");
    return run(() => put("handles", { handles, reason: "" }), t.blocks.savedHandles);
  };
  return (
    <section className="sheet padded form">
      <TextField
        label={t.blocks.handlesLabel}
        helperText={t.blocks.handles}
        value={shown}
        onChange={(event) => setText(event.target.value)}
        multiline
        minRows={6}
        fullWidth
        slotProps={{ inputLabel: { shrink: true } }}
      />
      <div className="form-row">
        <Button variant="contained" disabled={busy || !house} onClick={() => void save()}>
          {t.app.save}
        </Button>
      </div>
    </section>
  );
}
