import { useAction } from '../../../api/useAction';
import {
  type SettingsPartsFragment,
  StaffSaveOrganisationDocument,
  StaffUpdateBrandingDocument,
  StaffUpdateSettingsDocument,
} from './settings.generated';

/** What every section of the settings is given. */
export interface SectionProps {
  organisation: SettingsPartsFragment;
  refresh: () => void;
}

/** Changes how the organisation works. */
export const useUpdateSettings = () => useAction(StaffUpdateSettingsDocument, (result) => result.updateSettings);

/** Changes how the organisation stands on documents. */
export const useSaveOrganisation = () => useAction(StaffSaveOrganisationDocument, (result) => result.saveOrganisation);

/** Changes how the organisation's pages look. */
export const useUpdateBranding = () => useAction(StaffUpdateBrandingDocument, (result) => result.updateBranding);

/** A text as a field shows it, and as it is sent: none where there is nothing but blanks. */
export const shown = (text: string | null | undefined) => text ?? '';
export const sent = (text: string) => text.trim() || null;

/** A whole number as typed, such as a number of days; null if it is none. */
export const wholeNumber = (typed: string) => (/^-?\d{1,6}$/.test(typed.trim()) ? Number(typed) : null);

/** What the first form begins with where the organisation is not registered yet. */
export const unregistered: SettingsPartsFragment = {
  version: 0,
  today: '',
  details: { name: '', email: null, phone: null, taxId: null, address: null },
  website: null,
  currency: 'EUR',
  bank: null,
  timeZone: 'UTC',
  banner: null,
  branding: { accent: null, logo: null },
  portal: {
    accept: true,
    decline: true,
    comment: true,
    pay: true,
    partPay: true,
    useCredit: true,
    mail: true,
    review: true,
    dispute: true,
    forward: true,
    cancelSubscription: false,
    pauseSubscription: false,
    changeSubscription: false,
    editDetails: true,
    updatePaymentMethod: true,
  },
  settings: null,
};
