namespace AuthSidecar.Decisions.Pipeline;

/// <summary>
/// A step that writes upstream edits; no other step may. These steps follow one another in THE LIST, and <see cref="AnswerCache"/> leaves
/// all of them out
/// for a request that does not differ from an earlier one in a fact that they read.
/// </summary>
internal abstract class EditStep : ICheckStep
{
    public abstract string Name { get; }

    public virtual bool RunsForPublic => false;

    /// <summary>
    /// All that decides what the step writes, and whether it refuses. Undeclared by default, so that a step without a declaration ends all
    /// sharing.
    /// </summary>
    public virtual AnswerFacts Reads => AnswerFacts.Undeclared;

    public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken) =>
        WriteAsync(new(context, Reads), context.Edits, cancellationToken);

    protected abstract ValueTask<StepResult> WriteAsync(EditInput input, UpstreamEdits edits, CancellationToken cancellationToken);
}
