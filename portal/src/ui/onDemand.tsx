import { type ComponentType, useEffect, useState } from 'react';
import { useNeededPart } from './usePart';

/** A dialog that is no part of the page's own program: it is there from when it is first opened. */
export function onDemand<Props extends { opened: boolean }>(
  load: () => Promise<ComponentType<Props>>,
): ComponentType<Props> {
  return function OnDemand(props: Props) {
    const Dialog = useNeededPart(load, props.opened);
    const [isThere, setThere] = useState(false);
    useEffect(() => {
      if (Dialog) setThere(true);
    }, [Dialog]);
    // It opens after it is there: so it knows where the focus was, and gives it back.
    return Dialog && <Dialog {...props} opened={props.opened && isThere} />;
  };
}
