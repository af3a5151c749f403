using AuthSidecar.Decisions.Pipeline;

namespace AuthSidecar.Usage.TokenLimits;

/// <summary>Releases the tokens of a request that a later step denied.</summary>
internal sealed class TokenReleaser(ITokenWindows windows) : IResourceReleaser
{
    public void Release(CheckContext context)
    {
        if (context.ReservesTokens)
        {
            context.ReservesTokens = false;
            windows.Release(context.DecisionId);
        }
    }
}
