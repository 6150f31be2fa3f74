import type { AddressInput } from '../api/schema.generated';
import type { AddressPartsFragment } from './document.generated';

/** An address as it is typed. */
export type AddressValues = { street: string; postalCode: string; city: string; region: string; country: string };

const places = ['street', 'postalCode', 'city', 'region', 'country'] as const;
const needed = ['street', 'city', 'country'] as const;

export const addressValuesOf = (of: AddressPartsFragment | null): AddressValues => ({
  street: of?.street ?? '',
  postalCode: of?.postalCode ?? '',
  city: of?.city ?? '',
  region: of?.region ?? '',
  country: of?.country ?? '',
});

/** As the server takes it; null where nothing is typed. */
export function addressInputOf(of: AddressValues): AddressInput | null {
  if (places.every((one) => of[one].trim() === '')) return null;
  return {
    street: of.street.trim(),
    postalCode: of.postalCode.trim() || null,
    city: of.city.trim(),
    region: of.region.trim() || null,
    country: of.country,
  };
}

/** The fields that an address cannot be without, as far as they are empty. */
export const missingOf = (of: AddressValues) => needed.filter((one) => of[one].trim() === '');

/** Whether a refusal stands at a field of one of the two addresses. */
export const isAddressField = (place: string): boolean =>
  /^(billing|shipping)Address\.(street|postalCode|city|region|country)$/.test(place);
