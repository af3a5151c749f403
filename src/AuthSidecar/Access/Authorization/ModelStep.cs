using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Providers;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Access.Authorization;

/// <summary>
/// Whether key and policy let the model through that the request names, wherever it does. While a list is in force, a request whose model
/// cannot be told does not pass.
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
        if (!inPath.All(IsLetThrough))
        {
            return Denials.ModelNotAllowed;
        }

        return NamedElsewhere(context, inPath) switch
        {
            null => StepResult.Continue,
            "" => Denials.ModelUnreadable,
            var model => IsLetThrough(model) ? StepResult.Continue : Denials.ModelNotAllowed,
        };

        bool IsLetThrough(string model) => AccessRules.AllowsModel(own, model) && AccessRules.AllowsModel(policy, model);
    }

    // The model that stands elsewhere than in the path; empty when it should and cannot be told, null when there is none.
    private static string? NamedElsewhere(CheckContext context, IReadOnlyList<string> inPath) =>
        PlaceOf(context, inPath) switch
        {
            ModelLocation.Body => InBody(context),
            ModelLocation.Query => ModelNames.InQuery(context.Request.Query),
            ModelLocation.Hidden => "",
            _ => null,
        };

    private static ModelLocation PlaceOf(CheckContext context, IReadOnlyList<string> inPath)
    {
        if (!context.Kind.HasFlag(RequestKind.WebSocket) && context.Request.Method is "GET" or "HEAD" or "DELETE" or "OPTIONS")
        {
            return ModelLocation.None;
        }

        if (context.Policy.Endpoints is null)
        {
            // Where no provider is behind the route, only the policy can know that models are.
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
