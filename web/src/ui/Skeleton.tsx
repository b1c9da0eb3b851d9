import { t } from "@/text";

type SkeletonProps = { kind: "post" | "person" | "profile"; count?: number };

/** Bones in the shape of what is coming. */
export function Skeleton({ kind, count = 1 }: SkeletonProps) {
  return (
    <div role="status" aria-label={t.app.loading}>
      {Array.from({ length: count }, (_, index) => `bones${index}`).map((key) =>
        kind === "profile" ? (
          <ProfileBones key={key} />
        ) : (
          <RowBones key={key} lines={kind === "post" ? 3 : 1} />
        ),
      )}
    </div>
  );
}

function RowBones({ lines }: { lines: number }) {
  return (
    <div className="post">
      <div className="row">
        <span className="av bone rounded-(--r-person)" />
        <div className="body grid gap-2 pb-3">
          <span className="bone h-4 w-40" />
          <span className="bone h-4 w-full" hidden={lines < 2} />
          <span className="bone h-4 w-3/5" />
        </div>
      </div>
    </div>
  );
}

function ProfileBones() {
  return (
    <div>
      <div className="cover bone" />
      <div className="who">
        <div className="bigrow">
          <span className="av xl bone rounded-(--r-person)" />
        </div>
        <div className="grid gap-3 pt-4">
          <span className="bone h-7 w-56" />
          <span className="bone h-4 w-32" />
          <span className="bone h-4 w-full" />
          <span className="bone h-4 w-2/3" />
        </div>
      </div>
    </div>
  );
}
