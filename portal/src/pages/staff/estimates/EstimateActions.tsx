import { Button } from '@mantine/core';
import { FilePlus2, PencilLine, Printer, RotateCcw, Send, ThumbsDown, ThumbsUp, Trash2, Undo2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useMe } from '../../../app/viewer';
import { MoreMenu } from '../../../ui/MoreMenu';
import type { Dialog, Estimate } from './EstimateDialogs';

const icon = { size: 16, 'aria-hidden': true } as const;

/** What can be done with an estimate as it stands; who only reads has nothing to do but to print it. */
export function EstimateActions({ of, open }: { of: Estimate; open: (dialog: Dialog) => void }) {
  const { t } = useTranslation(['staffEstimates', 'common']);
  const { mayAct } = useMe();
  const edit = `/estimates/${of.id}/edit`;
  const wasOffered = of.revisions.some(({ offeredOn }) => offeredOn);
  const isOpen = of.state === 'OFFERED';
  const mayRework = isOpen || of.state === 'DECLINED' || of.state === 'WITHDRAWN';
  const entry = (when: boolean, label: string, dialog: Dialog, mark: React.ReactNode, danger = false) =>
    mayAct && when && { label, icon: mark, danger, onClick: () => open(dialog) };
  return (
    <>
      {mayAct && of.state === 'DRAFT' && (
        <>
          <Button component={Link} to={edit} variant="default" leftSection={<PencilLine {...icon} />}>
            {t('common:action.edit')}
          </Button>
          <Button leftSection={<Send {...icon} />} onClick={() => open('offer')}>
            {t(wasOffered ? 'offer.openAgain' : 'offer.open')}
          </Button>
        </>
      )}
      {mayAct && mayRework && (
        <Button
          component={Link}
          to={edit}
          variant={isOpen && !of.expired ? 'default' : 'filled'}
          leftSection={<PencilLine {...icon} />}
        >
          {t('rework.open')}
        </Button>
      )}
      {mayAct && of.state === 'ACCEPTED' && (
        <Button leftSection={<FilePlus2 {...icon} />} onClick={() => open('convert')}>
          {t('convert.open')}
        </Button>
      )}
      <MoreMenu
        entries={[
          entry(isOpen && !of.expired, t('accept.open'), 'accept', <ThumbsUp {...icon} />),
          entry(isOpen, t('decline.open'), 'decline', <ThumbsDown {...icon} />),
          { label: t('common:action.print'), icon: <Printer {...icon} />, onClick: () => window.print() },
          entry(of.state === 'DRAFT' && !wasOffered, t('discard.open'), 'discard', <Trash2 {...icon} />, true),
          entry(isOpen, t('withdraw.open'), 'withdraw', <Undo2 {...icon} />, true),
          entry(of.state === 'ACCEPTED' && !of.depositInvoice, t('undo.open'), 'undo', <RotateCcw {...icon} />, true),
        ]}
      />
    </>
  );
}
