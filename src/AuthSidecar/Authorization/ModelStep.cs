using AuthSidecar.Pipeline;

namespace AuthSidecar.Authorization;

/// <summary>Whether key and policy let the model through that the path names. Where the body names it, Check cannot know it.</summary>
internal sealed class ModelStep : ICheckStep
{
    public string Name => "model";

    public bool CanBeShadowed => true;

    public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken) => new(IsLetThrough(context) ? StepResult.Continue : Denials.ModelNotAllowed);

    private static bool IsLetThrough(CheckContext context)
    {
        var (own, policy) = (context.KnownIdentity.Models, context.Policy.Options.Models);
        return (own.Count == 0 && policy.Count == 0)
            || ModelNames.In(context.Path, context.Policy.Dialect).All(model => AccessRules.AllowsModel(own, model) && AccessRules.AllowsModel(policy, model));
    }
}
