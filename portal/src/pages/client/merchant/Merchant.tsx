import { Anchor, Button, SimpleGrid } from '@mantine/core';
import { Mail, Star } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useData } from '../../../api/useData';
import { useMe } from '../../../app/viewer';
import { MerchantDocument, type MerchantQuery } from '../../../ui/document.generated';
import { Facts, Section } from '../../../ui/Facts';
import { Loaded } from '../../../ui/Loaded';
import { onDemand } from '../../../ui/onDemand';
import { Page } from '../../../ui/Page';
import { AddressLines } from '../../../ui/Party';
import classes from './Merchant.module.css';

const MailDialog = onDemand(() => import('./MailDialog').then((module) => module.MailDialog));
const ReviewDialog = onDemand(() => import('./ReviewDialog').then((module) => module.ReviewDialog));

/** Whom the customer deals with: how to reach them, where to pay to, a letter and a review. */
export default function Merchant() {
  const { t } = useTranslation('merchant');
  const me = useMe();
  const merchant = useData(MerchantDocument, {});
  const [dialog, setDialog] = useState<'mail' | 'review' | null>(null);
  const close = () => setDialog(null);
  return (
    <Page
      title={t('title')}
      actions={
        me.mayAct && (
          <>
            {me.portal?.mail && (
              <Button leftSection={<Mail size={16} aria-hidden />} onClick={() => setDialog('mail')}>
                {t('mail.open')}
              </Button>
            )}
            {me.portal?.review && (
              <Button
                variant="default"
                leftSection={<Star size={16} aria-hidden />}
                onClick={() => setDialog('review')}
              >
                {t('review.open')}
              </Button>
            )}
          </>
        )
      }
    >
      <Loaded of={merchant}>{({ organisation }) => organisation && <Details of={organisation} />}</Loaded>
      <MailDialog opened={dialog === 'mail'} onClose={close} />
      <ReviewDialog opened={dialog === 'review'} onClose={close} />
    </Page>
  );
}

function Details({ of }: { of: NonNullable<MerchantQuery['organisation']> }) {
  const { t } = useTranslation('merchant');
  const { details, bank } = of;
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="lg">
      <Section title={details.name}>
        <Facts
          of={[
            [
              t('fact.address'),
              details.address && (
                <span className={classes.lines}>
                  <AddressLines address={details.address} />
                </span>
              ),
            ],
            [t('fact.email'), details.email && <Reach to={`mailto:${details.email}`}>{details.email}</Reach>],
            [
              t('fact.phone'),
              details.phone && <Reach to={`tel:${details.phone.replace(/[^+\d]/g, '')}`}>{details.phone}</Reach>,
            ],
            [t('fact.website'), of.website && <Reach to={of.website}>{of.website.replace(/^https?:\/\//, '')}</Reach>],
            [t('fact.taxId'), details.taxId],
          ]}
        />
      </Section>
      {bank && (
        <Section title={t('bank.title')}>
          <Facts
            of={[
              [t('bank.holder'), bank.holder],
              [t('bank.bankName'), bank.bankName],
              [t('bank.iban'), bank.iban?.replace(/(.{4})(?=.)/g, '$1 ')],
              [t('bank.bic'), bank.bic],
              [t('bank.account'), bank.accountNumber],
            ]}
          />
        </Section>
      )}
    </SimpleGrid>
  );
}

/** A way to reach the merchant; whoever the page is opened from is not told to other sites. */
function Reach({ to, children }: { to: string; children: string }) {
  return (
    <Anchor href={to} rel="noopener noreferrer" size="sm" className={classes.reach}>
      {children}
    </Anchor>
  );
}
