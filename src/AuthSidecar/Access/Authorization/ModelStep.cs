using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Access.Authorization;

/// <summary>
/// Denies models that the key or the policy does not allow, wherever the request names them. Where either has a list of models, a request
/// whose model is unreadable is denied.
/// </summary>
internal sealed class ModelStep : ICheckStep
{
    public string Name => "model";

    public bool CanBeShadowed => true;

    public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken)
    {
        var (own, policy) = (context.KnownIdentity.Models, context.Policy.Options.Models);
        return new(own.Count == 0 && policy.Count == 0 ? StepResult.Continue : Judge(context, own, policy));
    }

    private static StepResult Judge(CheckContext context, IReadOnlyList<string> own, IReadOnlyList<string> policy)
    {
        var inPath = ModelNames.InPath(context);
        if (!inPath.All(IsAllowed))
        {
            return Denials.ModelNotAllowed;
        }

        // Another model beside the path's: which of the two the provider uses is its own choice.
        if (inPath.Count > 0 && RequestModels.InBody(context) is { Length: > 0 } beside && !inPath.Contains(beside))
        {
            return IsAllowed(beside) ? Denials.ModelUnreadable : Denials.ModelNotAllowed;
        }

        // A tool's model is a second one, which the request runs beside its own.
        return (RequestModels.OutsidePath(context, inPath), context.Request.Body.ToolModel) switch
        {
            ("", _) => Denials.ModelUnreadable,
            var (model, ofTool) => (model is null || IsAllowed(model)) && (ofTool is null || IsAllowed(ofTool))
                ? StepResult.Continue
                : Denials.ModelNotAllowed,
        };

        bool IsAllowed(string model) => AccessRules.AllowsModel(own, model) && AccessRules.AllowsModel(policy, model);
    }
}
