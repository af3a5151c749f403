using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Providers;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Access.Authorization;

/// <summary>Matches the request to an endpoint of the provider, and denies methods that are never forwarded.</summary>
internal sealed class EndpointStep : ICheckStep
{
    public string Name => "endpoint";

    public bool RunsForPublic => true;

    /// <summary>The request's method as in the endpoint tables.</summary>
    public static string MethodOf(CheckContext context) =>
        context.Kind.HasFlag(RequestKind.WebSocket) ? AuthSidecar.Decisions.Providers.ProviderEndpoint.WebSocket : context.Request.Method;

    public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken)
    {
        if (!RequestMethods.IsPlain(context.Request.Method))
        {
            return new(MethodDenial.Anywhere);
        }

        if (context.Policy.Endpoints is { } endpoints)
        {
            var match = endpoints.Find(MethodOf(context), context.Path);
            context.EndpointMatch = match;
            context.Endpoint = match.KindOf(context.Request.Method, context.Kind.HasFlag(RequestKind.WebSocket));
        }

        return new(StepResult.Continue);
    }
}
