using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Providers;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Access.Authorization;

/// <summary>Finds what the request does at the policy's provider, and refuses methods that no upstream may see.</summary>
internal sealed class EndpointStep : ICheckStep
{
    public string Name => "endpoint";

    public bool RunsForPublic => true;

    /// <summary>The request's method as the tables have it.</summary>
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
