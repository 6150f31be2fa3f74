import { Button, Group, NativeSelect, Stack } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { LineChangeKind } from '../../../api/schema.generated';
import { useData } from '../../../api/useData';
import { Section } from '../../../ui/Facts';
import { useFormat } from '../../../ui/format';
import { Loaded } from '../../../ui/Loaded';
import { State, type Tone } from '../../../ui/State';
import { Table } from '../../../ui/Table';
import classes from './Comparison.module.css';
import { type Compared, type ComparedRow, useComparedRows } from './comparedRows';
import { EstimateComparisonDocument, type RevisionPartsFragment } from './estimates.generated';

const tones = {
  ADDED: 'good',
  REMOVED: 'bad',
  CHANGED: 'warn',
  UNCHANGED: 'neutral',
} as const satisfies Record<LineChangeKind, Tone>;

/**
 * What differs between two revisions of an estimate, line by line: by default the newest two; where there are more, the
 * person chooses. Nothing where there is only one.
 */
export function Comparison({ id, revisions }: { id: string; revisions: readonly RevisionPartsFragment[] }) {
  const newest = revisions.at(-1);
  const before = revisions.at(-2);
  if (!newest || !before) return null;
  // Another newest revision begins anew: what was chosen was about others.
  return (
    <Compare key={newest.revision} id={id} revisions={revisions} newest={newest.revision} before={before.revision} />
  );
}

function Compare(props: { id: string; revisions: readonly RevisionPartsFragment[]; newest: number; before: number }) {
  const { t } = useTranslation('estimates');
  const [from, setFrom] = useState(props.before);
  const [to, setTo] = useState(props.newest);
  const compared = useData(EstimateComparisonDocument, { id: props.id, from, to });
  const earlier = props.revisions.find(({ revision }) => revision === from);
  const later = props.revisions.find(({ revision }) => revision === to);
  return (
    <div id="changes" tabIndex={-1} className={classes.place} data-print="hide">
      <Section
        title={t('changes.title')}
        actions={
          props.revisions.length > 2 && (
            <Group gap="xs">
              <Choice
                label={t('changes.from')}
                value={from}
                of={props.revisions.filter(({ revision }) => revision < to)}
                onChange={setFrom}
              />
              <Choice
                label={t('changes.to')}
                value={to}
                of={props.revisions.filter(({ revision }) => revision > from)}
                onChange={setTo}
              />
            </Group>
          )
        }
      >
        <Loaded of={compared}>
          {({ estimate }) =>
            estimate?.comparison &&
            earlier &&
            later && <Changes of={estimate.comparison} earlier={earlier} later={later} />
          }
        </Loaded>
      </Section>
    </div>
  );
}

function Choice(props: {
  label: string;
  value: number;
  of: readonly RevisionPartsFragment[];
  onChange: (revision: number) => void;
}) {
  const name = useRevisionName();
  return (
    <NativeSelect
      aria-label={props.label}
      value={props.value}
      onChange={({ currentTarget }) => props.onChange(Number(currentTarget.value))}
      data={props.of.map((revision) => ({ value: String(revision.revision), label: name(revision) }))}
    />
  );
}

function Changes({ of, earlier, later }: Compared) {
  const { t } = useTranslation('estimates');
  const name = useRevisionName();
  const rows = useComparedRows({ of, earlier, later });
  const [all, setAll] = useState(false);
  // What it comes to stands there in any case.
  const isQuiet = (row: ComparedRow) => row.kind === 'UNCHANGED' && row.key !== 'total';
  const unchanged = rows.filter(isQuiet).length;
  return (
    <Stack gap="sm">
      <Table
        label={t('changes.title')}
        rows={all ? rows : rows.filter((row) => !isQuiet(row))}
        rowKey={({ key }) => key}
        empty={null}
        columns={[
          { key: 'what', header: t('changes.what'), cell: (row) => <span className={classes.what}>{row.what}</span> },
          {
            key: 'kind',
            header: t('changes.kind'),
            narrow: 'amount',
            cell: (row) => <State tone={tones[row.kind]}>{t(`changes.line.${row.kind}`)}</State>,
          },
          {
            key: 'before',
            header: name(earlier),
            cell: (row) => row.before && <span className={classes.before}>{row.before}</span>,
          },
          {
            key: 'after',
            header: name(later),
            cell: (row) => row.after && <span className={classes.after}>{row.after}</span>,
          },
        ]}
      />
      {unchanged > 0 && (
        <Group>
          <Button variant="subtle" size="xs" onClick={() => setAll(!all)} aria-expanded={all}>
            {t(all ? 'changes.hideUnchanged' : 'changes.showUnchanged', { count: unchanged })}
          </Button>
        </Group>
      )}
    </Stack>
  );
}

function useRevisionName() {
  const { t } = useTranslation('estimates');
  const format = useFormat();
  return ({ revision, offeredOn }: RevisionPartsFragment) =>
    offeredOn
      ? t('revision.offered', { number: revision, date: format.shortDate(offeredOn) })
      : t('revision.draft', { number: revision });
}
