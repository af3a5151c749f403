namespace AuthSidecar.Decisions.Pipeline;

/// <summary>
/// A step that writes upstream edits, which no other step can. Edit steps are consecutive in the list, and <see cref="AnswerCache"/> skips
/// all of them for a request that agrees with an earlier one in every fact that they read.
/// </summary>
internal abstract class EditStep : ICheckStep
{
    public abstract string Name { get; }

    public virtual bool RunsForPublic => false;

    /// <summary>
    /// All facts that determine what the step writes and whether it denies. The default turns the cache off, so a missing declaration is
    /// safe.
    /// </summary>
    public virtual AnswerFacts Reads => AnswerFacts.Undeclared;

    public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken) =>
        WriteAsync(new(context, Reads), context.Edits, cancellationToken);

    protected abstract ValueTask<StepResult> WriteAsync(EditInput input, UpstreamEdits edits, CancellationToken cancellationToken);
}
