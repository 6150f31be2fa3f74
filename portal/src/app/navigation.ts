import type { ParseKeys } from 'i18next';
import {
  Activity,
  BookOpenText,
  Building2,
  CreditCard,
  FileCheck2,
  FileMinus2,
  FileText,
  Gauge,
  Inbox,
  Layers,
  type LucideIcon,
  MessageSquare,
  Repeat,
  Scale,
  Settings,
  Store,
  UserRound,
  UsersRound,
  Wallet,
} from 'lucide-react';

type NavKey = Extract<ParseKeys<'common'>, `nav.${string}`> extends `nav.${infer Key}` ? Key : never;

export interface NavEntry {
  to: string;
  label: Exclude<NavKey, `group.${string}`>;
  icon: LucideIcon;
  /** The heading above it, where a group begins. */
  group?: 'account' | 'selling' | 'books' | 'organisation';
}

/** Where a customer's contact can go. */
export const clientNavigation: readonly NavEntry[] = [
  { to: '/', label: 'dashboard', icon: Gauge },
  { to: '/estimates', label: 'estimates', icon: FileCheck2 },
  { to: '/subscriptions', label: 'subscriptions', icon: Repeat },
  { to: '/invoices', label: 'invoices', icon: FileText },
  { to: '/payments', label: 'paymentsMade', icon: Wallet },
  { to: '/statement', label: 'statement', icon: BookOpenText },
  { to: '/merchant', label: 'merchant', icon: Store },
  { to: '/my-details', label: 'myDetails', icon: UserRound, group: 'account' },
  { to: '/company', label: 'company', icon: Building2 },
  { to: '/payment-method', label: 'paymentMethod', icon: CreditCard },
];

/** Where the organisation's people can go. */
export const staffNavigation: readonly NavEntry[] = [
  { to: '/', label: 'workList', icon: Inbox },
  { to: '/customers', label: 'customers', icon: UsersRound },
  { to: '/estimates', label: 'estimates', icon: FileCheck2, group: 'selling' },
  { to: '/invoices', label: 'invoices', icon: FileText },
  { to: '/credit-notes', label: 'creditNotes', icon: FileMinus2 },
  { to: '/payments', label: 'payments', icon: Wallet },
  { to: '/subscriptions', label: 'subscriptions', icon: Repeat },
  { to: '/plans', label: 'plans', icon: Layers },
  { to: '/ageing', label: 'ageing', icon: Scale, group: 'books' },
  { to: '/activity', label: 'activity', icon: Activity },
  { to: '/messages', label: 'messages', icon: MessageSquare, group: 'organisation' },
  { to: '/settings', label: 'settings', icon: Settings },
];
