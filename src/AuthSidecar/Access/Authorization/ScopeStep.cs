using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Access.Authorization;

internal sealed class ScopeStep : ICheckStep
{
    public string Name => "scope";

    public bool CanBeShadowed => true;

    public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken) =>
        new(
            AccessRules.HasScopes(context.KnownIdentity, context.Policy.Options.Scopes)
                ? StepResult.Continue
                : Missing(AccessRules.MissingScopes(context.KnownIdentity, context.Policy.Options.Scopes))
        );

    private static Denial Missing(IReadOnlyList<string> scopes)
    {
        var names = string.Join(", ", scopes);
        return Denials.InsufficientScope with
        {
            Message = $"The credential lacks a scope that this route needs: {names}.",
            Detail = $"missing scope: {names}",
        };
    }
}
