using AuthSidecar.Pipeline;

namespace AuthSidecar.ExtAuthz;

/// <summary>Whoever asks for decisions and tells them on.</summary>
/// <typeparam name="TAnswer">What it tells.</typeparam>
internal interface IDecisionEdge<out TAnswer>
{
    /// <summary>What the decision is here: the same, or a refusal in place of it.</summary>
    Decision Redirect(CheckContext context, Decision decision);

    TAnswer Write(CheckContext context, Decision decision);
}
