import { Button, Group, Modal, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Failure, Refusal } from '../api/useAction';
import { ActionButton } from './ActionButton';
import { Form } from './Form';
import { Problems } from './Problems';

/**
 * A question in a dialog, with the fields it needs, one button that does it and one that does not. It stays open, with
 * all that was typed, until the action is done.
 */
export function ActionDialog(props: {
  title: string;
  opened: boolean;
  onClose: () => void;
  action: { busy: boolean; refusals: readonly Refusal[]; failure: Failure | null };
  onSubmit: () => void;
  submit: string;
  /** What the button says that does nothing, where "Cancel" could be misunderstood. */
  dismiss?: string;
  danger?: boolean;
  disabled?: boolean;
  /** Fields that show their refusals themselves. */
  isField?: (place: string) => boolean;
  size?: string;
  children?: ReactNode;
}) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={props.opened}
      onClose={props.onClose}
      title={props.title}
      size={props.size ?? 'md'}
      closeButtonProps={{ 'aria-label': t('action.close') }}
      closeOnClickOutside={false}
      // Else it would be a second banner of the page.
      attributes={{ header: { role: 'presentation' } }}
    >
      <Form busy={props.action.busy} onSubmit={props.onSubmit}>
        <Stack gap="md">
          {props.children}
          <Problems of={props.action} except={props.isField} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={props.onClose}>
              {props.dismiss ?? t('action.cancel')}
            </Button>
            <ActionButton
              type="submit"
              busy={props.action.busy}
              disabled={props.disabled ?? false}
              {...(props.danger ? { color: 'red.9' } : {})}
            >
              {props.submit}
            </ActionButton>
          </Group>
        </Stack>
      </Form>
    </Modal>
  );
}
