import { Button, Group, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { sum, useFormat } from '../../../ui/format';
import { keepSet, payAddress } from './payAddress';
import classes from './SelectionBar.module.css';
import { mostAtOnce } from './usePayables';
import type { useSelection } from './useSelection';

/** What is chosen and what it comes to, always in view, with the way to pay it. One payment is in one currency. */
export function SelectionBar({ selection }: { selection: ReturnType<typeof useSelection> }) {
  const { t } = useTranslation('invoices');
  const format = useFormat();
  const { chosen } = selection;
  const currency = chosen[0]?.payable.currency ?? '';
  const isMixed = chosen.some(({ payable }) => payable.currency !== currency);
  const ids = chosen.map(({ id }) => id);
  const isTooMany = chosen.length > mostAtOnce;
  const total = { amount: sum(chosen.map(({ payable }) => payable.amount)), currency };
  return (
    <div className={classes.bar} role="status">
      {chosen.length > 0 && (
        <>
          <Text fw={550}>
            {t('select.count', { count: chosen.length })}
            {!isMixed && `, ${format.money(total)}`}
            {!isMixed && isTooMany && (
              <Text span size="sm" c="dimmed" display="block">
                {t('pay.tooMany', { most: mostAtOnce })}
              </Text>
            )}
            {isMixed && (
              <Text span size="sm" c="dimmed" display="block">
                {t('select.mixed')}
              </Text>
            )}
          </Text>
          <Group gap="xs">
            <Button variant="default" onClick={selection.clear}>
              {t('select.clear')}
            </Button>
            {!isMixed && !isTooMany && (
              <Button component={Link} to={payAddress(ids)} onClick={() => keepSet(ids)}>
                {t('pay.action')}
              </Button>
            )}
          </Group>
        </>
      )}
    </div>
  );
}
