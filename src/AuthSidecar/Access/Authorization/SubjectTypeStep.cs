using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Access.Authorization;

internal sealed class SubjectTypeStep : ICheckStep
{
    public string Name => "subject_type";

    public bool CanBeShadowed => true;

    public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken) =>
        new(AccessRules.Accepts(context.Policy.Subjects, context.KnownIdentity) ? StepResult.Continue : Denials.WrongSurface);
}
