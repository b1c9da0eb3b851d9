import { AtSign, Globe, Lock, Moon } from "lucide-react";
import type { Visibility } from "@/api/types";
import { t } from "@/text";

const icons = { public: Globe, unlisted: Moon, private: Lock, direct: AtSign };

type AudienceIconProps = { audience: Visibility; words?: boolean };

export function AudienceIcon({ audience, words = false }: AudienceIconProps) {
  const Icon = icons[audience];
  if (words) return <Icon className="i" aria-hidden="true" />;
  return (
    <span className="aud" role="img" aria-label={t.audience[audience]} title={t.audience[audience]}>
      <Icon className="i" />
    </span>
  );
}
