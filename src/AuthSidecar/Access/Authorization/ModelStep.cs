using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Providers;
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

        // Beside the path's model, which the providers use.
        if (inPath.Count > 0 && InBody(context) is { Length: > 0 } beside && !inPath.Contains(beside) && !IsAllowed(beside))
        {
            return Denials.ModelNotAllowed;
        }

        // A tool's model is a second one, which the request runs beside its own.
        return (NamedElsewhere(context, inPath), context.Request.Body.ToolModel) switch
        {
            ("", _) => Denials.ModelUnreadable,
            var (model, ofTool) => (model is null || IsAllowed(model)) && (ofTool is null || IsAllowed(ofTool))
                ? StepResult.Continue
                : Denials.ModelNotAllowed,
        };

        bool IsAllowed(string model) => AccessRules.AllowsModel(own, model) && AccessRules.AllowsModel(policy, model);
    }

    // The model outside the path; null: there is none; empty: required but unreadable.
    private static string? NamedElsewhere(CheckContext context, IReadOnlyList<string> inPath) =>
        LocationOf(context, inPath) switch
        {
            ModelLocation.Body => InBody(context),
            ModelLocation.Query => ModelNames.InQuery(context.Request.Query),
            ModelLocation.Hidden => "",
            _ => null,
        };

    private static ModelLocation LocationOf(CheckContext context, IReadOnlyList<string> inPath)
    {
        if (!context.Kind.HasFlag(RequestKind.WebSocket) && context.Request.Method is "GET" or "HEAD" or "DELETE" or "OPTIONS")
        {
            return ModelLocation.None;
        }

        if (context.Policy.Endpoints is null)
        {
            // Without a provider, only a list in the policy shows that requests name models.
            return context.Policy.Options.Models.Count > 0 ? ModelLocation.Body : ModelLocation.None;
        }

        return context.EndpointMatch.Endpoint?.Model ?? (inPath.Count > 0 ? ModelLocation.Path : ModelLocation.Body);
    }

    private static string InBody(CheckContext context)
    {
        var model = context.Request.Body.Model ?? "";
        return context.Policy.Dialect == Dialect.Gemini && model.StartsWith("models/", StringComparison.Ordinal)
            ? model["models/".Length..]
            : model;
    }
}
