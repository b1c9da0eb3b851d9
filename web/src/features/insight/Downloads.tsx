import { Download } from "lucide-react";
import { insights } from "@/api/endpoints";
import { t } from "@/text";
import { Button } from "@/ui/Button";
import { sayError } from "@/ui/toast";

type DownloadsProps = { days: number };

/** Hands a file to the browser under a name. */
function save(file: Blob, name: string) {
  const url = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

export function Downloads({ days }: DownloadsProps) {
  const get = (of: "account" | "posts", name: string) => async () => {
    try {
      save(await insights.table(of, days), name);
    } catch (error) {
      sayError(error);
    }
  };
  return (
    <div className="downloads">
      <Button look="ghost" small onClick={() => void get("account", `insight-${days}-days.csv`)()}>
        <Download className="i" />
        {t.insight.downloadDays}
      </Button>
      <Button look="ghost" small onClick={() => void get("posts", `insight-posts-${days}-days.csv`)()}>
        <Download className="i" />
        {t.insight.downloadPosts}
      </Button>
    </div>
  );
}
