package dev.hydra.text;

import com.hubspot.jinjava.el.TypeConvertingMapELResolver;
import com.hubspot.jinjava.el.ext.JinjavaBeanELResolver;
import com.hubspot.jinjava.el.ext.JinjavaListELResolver;
import com.hubspot.jinjava.lib.exptest.ExpTest;
import com.hubspot.jinjava.lib.filter.Filter;
import com.hubspot.jinjava.objects.SafeString;
import com.hubspot.jinjava.objects.collections.PyList;
import com.hubspot.jinjava.objects.collections.PyMap;
import com.hubspot.jinjava.util.ForLoop;
import java.util.Set;
import jinjava.javax.el.CompositeELResolver;
import jinjava.javax.el.ELContext;
import jinjava.javax.el.ELResolver;
import jinjava.javax.el.MethodNotFoundException;
import jinjava.javax.el.PropertyNotFoundException;
import org.jspecify.annotations.Nullable;

/**
 * What a template may do with a value: look into lists and maps, ask a loop where it stands, and call the methods of
 * Python's strings, lists and dictionaries. Anything else, a Java method above all, does not exist for it.
 */
final class TemplateObjects extends JinjavaBeanELResolver {
    private static final Set<String> MAP_METHODS = Set.of("items", "keys", "values", "get", "update");
    private static final Set<String> LIST_METHODS =
            Set.of("append", "insert", "extend", "pop", "count", "reverse", "copy", "index");

    private TemplateObjects() {
        super(true);
    }

    static ELResolver resolver() {
        CompositeELResolver resolver = new CompositeELResolver();
        resolver.add(new JinjavaListELResolver(true));
        resolver.add(new TypeConvertingMapELResolver(true));
        resolver.add(new TemplateObjects());
        return resolver;
    }

    @Override
    public Object getValue(ELContext context, Object base, Object property) {
        if (base instanceof ForLoop) {
            return super.getValue(context, base, property);
        }
        throw new PropertyNotFoundException("'" + property + "' is undefined");
    }

    @Override
    public @Nullable Object invoke(
            ELContext context, Object base, Object method, Class<?>[] types, Object[] parameters) {
        String name = String.valueOf(method);
        if (base instanceof String || base instanceof SafeString) {
            Object result = PythonStrings.invoke(base.toString(), name, parameters);
            context.setPropertyResolved(true);
            return result;
        }
        boolean known = base instanceof PyMap && MAP_METHODS.contains(name)
                || base instanceof PyList && LIST_METHODS.contains(name)
                || base instanceof ForLoop && name.equals("cycle")
                || base instanceof Filter && name.equals("filter")
                || base instanceof ExpTest && name.startsWith("evaluate");
        if (!known) {
            throw new MethodNotFoundException("'" + name + "' is undefined");
        }
        return super.invoke(context, base, method, types, parameters);
    }
}
