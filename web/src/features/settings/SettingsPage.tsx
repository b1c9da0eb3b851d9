import { Link, useParams, useRouter } from "@tanstack/react-router";
import {
  Ban,
  Bell,
  ChartColumn,
  ChevronRight,
  KeyRound,
  Lock,
  LogOut,
  Mail,
  MessagesSquare,
  MonitorSmartphone,
  Palette,
  ShieldCheck,
  Trash2,
  User,
  VolumeX,
} from "lucide-react";
import type { ReactNode } from "react";
import { accounts } from "@/api/endpoints";
import { signOut } from "@/api/session";
import { PageHead } from "@/app/PageHead";
import { theme } from "@/app/theme";
import { useIsStaff, useMe } from "@/app/useSession";
import { keys } from "@/entities/cache";
import { SummarySetting } from "@/features/insight/SummarySetting";
import { NoticeSettings } from "@/features/notifications/NoticeSettings";
import { PersonList } from "@/features/people/PersonList";
import { t } from "@/text";
import { EmptyState } from "@/ui/EmptyState";
import { DeleteAccount, EmailForm, PasswordForm } from "./AccountForms";
import { Appearance } from "./Appearance";
import { Devices } from "./Devices";
import { MessageSettings } from "./MessageSettings";
import { PrivacySettings } from "./PrivacySettings";
import { ProfileForm } from "./ProfileForm";
import { Unblock, Unmute } from "./Undo";

type Section = { title: string; icon: ReactNode; now: string; page: () => ReactNode };

function useSections(): Record<string, Section> {
  const me = useMe();
  const chosen = theme.use();
  return {
    profile: {
      title: t.settings.profile,
      icon: <User className="i" />,
      now: me?.display_name || t.settings.profileHint,
      page: () => <ProfileForm />,
    },
    privacy: {
      title: t.settings.privacy,
      icon: <Lock className="i" />,
      now: me ? t.audience[me.source.privacy] : "",
      page: () => <PrivacySettings />,
    },
    notifications: {
      title: t.nav.notifications,
      icon: <Bell className="i" />,
      now: t.settings.noticesHint,
      page: () => <NoticeSettings />,
    },
    messages: {
      title: t.chats.settings,
      icon: <MessagesSquare className="i" />,
      now: t.chats.settingsHint,
      page: () => <MessageSettings />,
    },
    appearance: {
      title: t.settings.appearance,
      icon: <Palette className="i" />,
      now: t.settings[chosen],
      page: () => <Appearance />,
    },
    devices: {
      title: t.settings.devices,
      icon: <MonitorSmartphone className="i" />,
      now: t.settings.devicesHint,
      page: () => <Devices />,
    },
    password: {
      title: t.settings.password,
      icon: <KeyRound className="i" />,
      now: t.settings.passwordHint,
      page: () => <PasswordForm />,
    },
    email: {
      title: t.settings.email,
      icon: <Mail className="i" />,
      now: t.settings.emailHint,
      page: () => <EmailForm />,
    },
    insight: {
      title: t.insight.title,
      icon: <ChartColumn className="i" />,
      now: t.insight.settingHint,
      page: () => <SummarySetting />,
    },
    blocked: {
      title: t.settings.blocked,
      icon: <Ban className="i" />,
      now: t.settings.peopleHint,
      page: () => (
        <PersonList
          listKey={keys.list("blocked")}
          read={accounts.blocks}
          empty={<EmptyState title={t.settings.noBlocked} />}
          action={(id) => <Unblock id={id} />}
        />
      ),
    },
    muted: {
      title: t.settings.muted,
      icon: <VolumeX className="i" />,
      now: t.settings.peopleHint,
      page: () => (
        <PersonList
          listKey={keys.list("muted")}
          read={accounts.mutes}
          empty={<EmptyState title={t.settings.noMuted} />}
          action={(id) => <Unmute id={id} />}
        />
      ),
    },
    delete: {
      title: t.settings.delete,
      icon: <Trash2 className="i" />,
      now: t.settings.deleteHint,
      page: () => <DeleteAccount />,
    },
  };
}

/** A plain list; each row says its present value. */
export function SettingsPage() {
  const router = useRouter();
  const isStaff = useIsStaff();
  return (
    <>
      <PageHead title={t.settings.title} />
      {Object.entries(useSections()).map(([section, { title, icon, now }]) => (
        <Link key={section} to="/settings/$section" params={{ section }} className="setting">
          {icon}
          <span className="stack">
            <b>{title}</b>
            <span dir="auto">{now}</span>
          </span>
          <ChevronRight className="i" />
        </Link>
      ))}
      {isStaff && (
        <a href="/admin" className="setting">
          <ShieldCheck className="i" />
          <span className="stack">
            <b>{t.nav.staff}</b>
            <span>{t.nav.staffHint}</span>
          </span>
          <ChevronRight className="i" />
        </a>
      )}
      <button
        type="button"
        className="setting"
        onClick={() => void signOut().finally(() => router.navigate({ to: "/" }))}
      >
        <LogOut className="i" />
        <b className="font-semibold">{t.nav.signOut}</b>
      </button>
    </>
  );
}

export function SettingsSectionPage() {
  const { section } = useParams({ from: "/shell/settings/$section" });
  const chosen = useSections()[section];
  if (!chosen) return <EmptyState title={t.missing.title} body={t.missing.body} />;
  return (
    <>
      <PageHead title={chosen.title} />
      {chosen.page()}
    </>
  );
}
