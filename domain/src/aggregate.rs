//! The glue to cqrs-es: an aggregate decides in a plain function, and `handle` only writes what was decided.

/// Implements [`cqrs_es::Aggregate`] for a state with `decide(&self, command)` and `apply_event(&mut self, event)`.
/// A macro, because cqrs-es's trait cannot be implemented for all such states at once (its orphan rule).
macro_rules! aggregate {
    ($state:ty, $name:literal, $command:ty, $event:ty, $error:ty) => {
        impl cqrs_es::Aggregate for $state {
            const TYPE: &'static str = $name;
            type Command = $command;
            type Event = $event;
            type Error = $error;
            type Services = ();

            async fn handle(
                &mut self,
                command: Self::Command,
                (): &Self::Services,
                sink: &cqrs_es::event_sink::EventSink<Self>,
            ) -> Result<(), Self::Error> {
                for event in self.decide(command)? {
                    sink.write(event, self).await;
                }
                Ok(())
            }

            fn apply(&mut self, event: Self::Event) {
                self.apply_event(event);
            }
        }
    };
}
pub(crate) use aggregate;
