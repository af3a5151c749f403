using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Access.Authorization;

internal sealed class ScopeStep : ICheckStep
{
    public string Name => "scope";

    public bool CanBeShadowed => true;

    public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken) =>
        new(AccessRules.HasScopes(context.KnownIdentity, context.Policy.Options.Scopes) ? StepResult.Continue : Denials.InsufficientScope);
}
